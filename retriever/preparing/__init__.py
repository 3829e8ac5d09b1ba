"""What an ad says of the job: plain text, screening, language, extraction, translation."""
