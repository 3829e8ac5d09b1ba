"""Reports as one HTML file: nothing is fetched, everything that comes from ads is escaped."""
