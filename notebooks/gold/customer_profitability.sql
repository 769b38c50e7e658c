-- model: customer_profitability
-- description: Orders, revenue and gross margin per customer. Sales without a customer are one row with a null
--   customer_id, so that all rows together are the whole revenue; margin as in revenue_margin.
-- grain: customer_id
-- needs: customers(customer_id string, country string)
-- needs: orders(customer_id string, order_date timestamp, order_status string)
-- needs: sales(customer_id string, quantity decimal(18,4), unit_price decimal(18,4), cost decimal(18,4))
-- units: revenue EUR, costed_revenue EUR, gross_margin EUR

-- The three are stacked, never joined, so nothing is counted twice, and a customer of any of them has a row. Each is summed
-- up by itself first: Spark groups numbers without sorting them, but would sort all orders and sales for the one text.
SELECT
  customer_id,
  max(home_country) AS country,
  coalesce(bool_or(is_customer), false) AS is_registered,
  coalesce(sum(order_count), 0) AS orders,
  coalesce(sum(cancelled_count), 0) AS cancelled_orders,
  min(first_at) AS first_order_at,
  max(last_at) AS last_order_at,
  coalesce(sum(quantity), 0) AS units,
  coalesce(sum(amount), 0) AS revenue,
  sum(costed_amount) AS costed_revenue,
  sum(margin) AS gross_margin,
  try_divide(CAST(gross_margin AS DOUBLE), CAST(costed_revenue AS DOUBLE)) AS margin_rate
FROM (
  SELECT
    customer_id, max(country) AS home_country, true AS is_customer,
    NULL AS order_count, NULL AS cancelled_count, NULL AS first_at, NULL AS last_at,
    NULL AS quantity, NULL AS amount, NULL AS costed_amount, NULL AS margin
  FROM customers
  GROUP BY customer_id
  UNION ALL
  SELECT
    customer_id, NULL, NULL,
    count(*), count_if(lower(trim(order_status)) IN ('cancelled', 'canceled')), min(order_date), max(order_date),
    NULL, NULL, NULL, NULL
  FROM orders
  GROUP BY customer_id
  UNION ALL
  SELECT
    customer_id, NULL, NULL,
    NULL, NULL, NULL, NULL,
    sum(quantity), sum(quantity * unit_price),
    sum(if(cost IS NOT NULL, quantity * unit_price, NULL)), sum(quantity * (unit_price - cost))
  FROM sales
  GROUP BY customer_id
)
GROUP BY customer_id
