"""The long campaign against lost rows: `python -m tests.campaign`, or `make campaign`."""
