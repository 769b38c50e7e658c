-- model: weekly_kpis
-- description: KPIs per ISO week (Monday to Sunday, with the year that the week belongs to) and growth over the
--   calendar week before; growth is null where that week has no data.
-- grain: iso_year, iso_week
-- needs: daily_kpis(day date, orders bigint, cancelled_orders bigint, revenue decimal(38,8), units decimal(38,4))
-- units: revenue EUR, previous_revenue EUR
WITH weeks AS (
  SELECT
    extract(YEAROFWEEK FROM day) AS iso_year,
    extract(WEEK FROM day) AS iso_week,
    min(trunc(day, 'WEEK')) AS week_start,
    sum(orders) AS orders,
    sum(cancelled_orders) AS cancelled_orders,
    sum(revenue) AS revenue,
    sum(units) AS units
  FROM daily_kpis
  GROUP BY extract(YEAROFWEEK FROM day), extract(WEEK FROM day)
)
SELECT
  this.iso_year,
  this.iso_week,
  this.week_start,
  this.orders,
  this.cancelled_orders,
  try_divide(this.cancelled_orders, this.orders) AS cancellation_rate,
  this.revenue,
  this.units,
  before.revenue AS previous_revenue,
  try_divide(CAST(this.revenue - before.revenue AS DOUBLE), CAST(before.revenue AS DOUBLE)) AS revenue_growth,
  try_divide(CAST(this.orders - before.orders AS DOUBLE), CAST(before.orders AS DOUBLE)) AS orders_growth
FROM weeks AS this
LEFT JOIN weeks AS before ON before.week_start = date_sub(this.week_start, 7)
