"""What labelled ads say of another one: by equality, by their titles, by all that they say."""
