-- model: customer_profitability
-- description: Orders, revenue and gross margin per customer. Sales without a customer are one row with a null
--   customer_id, so that all rows together are the whole revenue; margin as in revenue_margin.
-- grain: customer_id
-- needs: customers(customer_id string, country string)
-- needs: orders(customer_id string, order_date timestamp, order_status string)
-- needs: sales(customer_id string, quantity decimal(18,4), unit_price decimal(18,4), cost decimal(18,4))

-- The three are stacked, never joined, so nothing is counted twice, and a customer of any of them has a row.
SELECT
  customer_id,
  max(home_country) AS country,
  coalesce(bool_or(is_customer), false) AS is_registered,
  sum(is_order) AS orders,
  sum(is_cancelled) AS cancelled_orders,
  min(ordered_at) AS first_order_at,
  max(ordered_at) AS last_order_at,
  coalesce(sum(quantity), 0) AS units,
  coalesce(sum(amount), 0) AS revenue,
  sum(costed_amount) AS costed_revenue,
  sum(margin) AS gross_margin,
  try_divide(CAST(gross_margin AS DOUBLE), CAST(costed_revenue AS DOUBLE)) AS margin_rate
FROM (
  SELECT
    customer_id, country AS home_country, true AS is_customer,
    0 AS is_order, 0 AS is_cancelled, NULL AS ordered_at,
    NULL AS quantity, NULL AS amount, NULL AS costed_amount, NULL AS margin
  FROM customers
  UNION ALL
  SELECT
    customer_id, NULL, NULL,
    1, if(lower(trim(order_status)) IN ('cancelled', 'canceled'), 1, 0), order_date,
    NULL, NULL, NULL, NULL
  FROM orders
  UNION ALL
  SELECT
    customer_id, NULL, NULL,
    0, 0, NULL,
    quantity, quantity * unit_price,
    if(cost IS NOT NULL, quantity * unit_price, NULL), quantity * (unit_price - cost)
  FROM sales
)
GROUP BY customer_id
