"""All that is known of languages: codes, names, scripts."""
