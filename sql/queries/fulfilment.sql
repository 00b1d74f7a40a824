-- name: order_set_preparing(id)!
-- paid -> preparing.
UPDATE orders SET status = 'preparing' WHERE id = :id AND status = 'paid';

-- name: order_set_shipped(id)!
-- paid or preparing -> shipped.
UPDATE orders SET status = 'shipped' WHERE id = :id AND status IN ('paid', 'preparing');

-- name: order_set_completed(id)!
-- shipped -> completed.
UPDATE orders SET status = 'completed', closed_at = now() WHERE id = :id AND status = 'shipped';

-- name: shipment_insert(order_id, carrier, tracking)!
-- How an order went out.
INSERT INTO shipments (order_id, carrier, tracking) VALUES (:order_id, :carrier, :tracking);

-- name: shipment_correct(order_id, carrier, tracking)!
-- Another number for a parcel that is on its way; nothing where it is that number already.
UPDATE shipments s SET carrier = :carrier, tracking = :tracking
FROM orders o
WHERE s.order_id = :order_id AND o.id = s.order_id AND o.status = 'shipped'
  AND (s.carrier, s.tracking) IS DISTINCT FROM (:carrier::text, :tracking::text);

-- name: shipment_of_order(order_id)^
-- How an order went out, if it has.
SELECT order_id, carrier, tracking, shipped_at FROM shipments WHERE order_id = :order_id;
