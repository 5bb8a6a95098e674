-- Indexes that no query reads: each cost a page of every order's rows.
DROP INDEX IF EXISTS order_items_product_idx;
DROP INDEX IF EXISTS stock_holds_order_id_idx;
DROP INDEX IF EXISTS journal_stream_version_idx;
