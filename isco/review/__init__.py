"""What people code: which ads, in which order, on which paper; and what comes of their answers."""
