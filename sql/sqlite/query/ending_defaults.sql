-- What the end of a batch sets off that says nothing itself.
UPDATE meta SET on_done = :on_done, notify = :notify
    WHERE on_done IS NOT :on_done OR notify IS NOT :notify;
