-- model: revenue_margin
-- description: Revenue and gross margin per day, product and customer. Margin counts only what has a known cost
--   (costed_revenue says how much that is), and is null where no cost is known.
-- grain: day, product_id, customer_id
-- needs: sales(product_id string, customer_id string, product_name string, quantity decimal(18,4),
--   unit_price decimal(18,4), cost decimal(18,4), sale_timestamp timestamp)
-- units: revenue EUR, costed_revenue EUR, gross_margin EUR

-- cost is what one unit cost. A cancelled item has a negative quantity, and so takes its revenue and margin back.
SELECT
  CAST(sale_timestamp AS DATE) AS day,
  product_id,
  customer_id,
  max(product_name) AS product_name,
  sum(quantity) AS units,
  sum(quantity * unit_price) AS revenue,
  sum(CASE WHEN cost IS NOT NULL THEN quantity * unit_price END) AS costed_revenue,
  sum(quantity * (unit_price - cost)) AS gross_margin,
  try_divide(CAST(gross_margin AS DOUBLE), CAST(costed_revenue AS DOUBLE)) AS margin_rate
FROM sales
GROUP BY CAST(sale_timestamp AS DATE), product_id, customer_id
