"""The leaves and labelled ads that are like an ad."""
