-- First open.
INSERT OR IGNORE INTO meta(one, boot_id, created_ms) VALUES (1, :boot_id, :now_ms);
