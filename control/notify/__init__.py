"""Notifications: who hears of what happens to runs, on the page and through Apprise's services."""
