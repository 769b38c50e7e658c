-- model: daily_kpis
-- description: Orders, cancellations, revenue, units and customers per day.
-- grain: day
-- needs: orders(customer_id string, order_date timestamp, order_status string)
-- needs: sales(customer_id string, quantity decimal(18,4), unit_price decimal(18,4), sale_timestamp timestamp)
-- units: revenue EUR, revenue_per_order EUR

-- Orders and sales are stacked, never joined: a join of the two would count an order once per item.
SELECT
  day,
  sum(is_order) AS orders,
  sum(is_cancelled) AS cancelled_orders,
  try_divide(sum(is_cancelled), sum(is_order)) AS cancellation_rate,
  coalesce(sum(amount), 0) AS revenue,
  coalesce(sum(quantity), 0) AS units,
  count(DISTINCT customer_id) AS customers,
  try_divide(CAST(revenue AS DOUBLE), orders) AS revenue_per_order
FROM (
  SELECT
    CAST(order_date AS DATE) AS day,
    customer_id,
    1 AS is_order,
    if(lower(trim(order_status)) IN ('cancelled', 'canceled'), 1, 0) AS is_cancelled,
    NULL AS amount,
    NULL AS quantity
  FROM orders
  UNION ALL
  SELECT CAST(sale_timestamp AS DATE), customer_id, 0, 0, quantity * unit_price, quantity
  FROM sales
)
GROUP BY day
