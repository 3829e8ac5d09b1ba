"""The service: a REST interface over the classifier, and the desk where people decide."""
