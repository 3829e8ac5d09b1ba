"""How right the predictions are: pure metrics, and reports that people and programs read."""
