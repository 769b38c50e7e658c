-- model: order_metrics
-- description: Total amount and cancellation rate per order.
-- grain: order_id, customer_id
-- needs: orders(order_id string, customer_id string, order_total decimal(18,4), order_status string)
-- units: total_amount EUR
SELECT
  order_id,
  customer_id,
  sum(order_total) AS total_amount,
  count(*) AS row_count,
  count_if(lower(trim(order_status)) IN ('cancelled', 'canceled')) AS cancelled_rows,
  cancelled_rows / row_count AS cancellation_rate
FROM orders
GROUP BY order_id, customer_id
