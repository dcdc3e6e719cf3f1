"""Parts of the pages: functions that return Dash components, without callbacks."""
