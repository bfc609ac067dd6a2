"""One outside party each: mail server, bank, disk, authority, paper."""
