//! The only file that knows the cron dialect.
