-- name: stock_take(sku_id, quantity, order_id, round, actor)!
-- Take stock for one order line. Where too little is left there is no stock_after, and its NOT NULL
-- undoes the transaction: the ledger cannot hold a move that did not happen.
WITH taken AS (
    UPDATE skus SET stock = stock - :quantity WHERE id = :sku_id AND stock >= :quantity RETURNING stock
)
INSERT INTO stock_moves (sku_id, order_id, round, reason, delta, stock_after, actor)
VALUES (:sku_id, :order_id, :round, 'placed', -(:quantity)::int, (SELECT stock FROM taken), :actor);

-- name: stock_return(sku_id, quantity, order_id, round, actor)!
-- Give the stock of one order line back; a second time breaks stock_moves_once_per_order.
WITH given AS (
    UPDATE skus SET stock = stock + :quantity WHERE id = :sku_id RETURNING stock
)
INSERT INTO stock_moves (sku_id, order_id, round, reason, delta, stock_after, actor)
VALUES (:sku_id, :order_id, :round, 'returned', :quantity, (SELECT stock FROM given), :actor);
