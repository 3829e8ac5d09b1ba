"""A whole input through the pipeline: who does the work, and where results go."""
