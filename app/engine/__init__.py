"""From the front processes to the models: messages, client, scheduler, engine process, supervisor. Knows no HTTP."""
