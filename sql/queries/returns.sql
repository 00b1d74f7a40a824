-- name: return_standing(id, reference, days)^
-- Whether an order can be given back: it was sent, it was asked for, it is in time (counted in days of Taiwan).
SELECT o.status IN ('shipped', 'completed') AS sent,
       EXISTS (SELECT 1 FROM cases c
               WHERE c.kind = 'return_asked' AND c.reference = :reference AND c.closed_at IS NULL) AS asked,
       coalesce((now() AT TIME ZONE 'Asia/Taipei')::date
                    <= (o.closed_at AT TIME ZONE 'Asia/Taipei')::date + :days, true) AS in_time
FROM orders o WHERE o.id = :id;
