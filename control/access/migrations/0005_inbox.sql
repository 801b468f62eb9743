-- Every open page asks how many notifications are unread, and for the newest of them.
CREATE INDEX notifications_of_user ON notifications (user, id);
CREATE INDEX notifications_unread ON notifications (user, id) WHERE read IS NULL;
