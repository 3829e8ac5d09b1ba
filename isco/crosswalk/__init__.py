"""National codes and scales, from the occupation that an ad is likely in."""
