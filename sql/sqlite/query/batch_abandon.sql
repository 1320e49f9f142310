-- The first step of a removal: a producer that is alive after all can neither add nor open any more.
UPDATE batch SET producer_id = -abs(producer_id) WHERE id = :batch_id AND producer_id IS NOT NULL
    AND :producer_id IN (0, abs(producer_id));
