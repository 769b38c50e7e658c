-- model: order_totals
-- description: What was ordered per status.
-- grain: order_status
-- needs: orders(order_status string, amount decimal(18,2))
SELECT order_status, count(*) AS orders, sum(amount) AS total_amount
FROM orders
GROUP BY order_status
