"""What a sentence holds that is translated by rule: dates, times, names, numbers."""
