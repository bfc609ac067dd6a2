"""The counters: parse, call one service, show a page. Every door declares who may knock (`doors.audience`)."""
