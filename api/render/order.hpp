#pragma once

#include <string>
#include <vector>

#include "api/call.hpp"
#include "projections/memory_tables.hpp"

namespace pakashop::api {

/// Everything GET /orders/:id is made of, wherever the rows were read.
struct OrderRows {
    model::Row order;
    std::vector<model::Row> items;
    std::vector<model::Row> fulfilments;
    std::vector<model::Row> deliveries;
    std::vector<model::Row> stops;
    std::vector<model::Row> invoices;
    std::vector<model::Row> lines;
};

/// The order's rows out of its key's; nothing when there is no such order.
std::optional<OrderRows> order_rows(const model::MemoryTables& tables, std::string_view order);

/// The same of the orders that `SELECT … FROM orders <tail>` finds in PostgreSQL, in its order, all
/// as they were at one moment. Blocks.
Result<std::vector<OrderRows>, ReadFailure> order_rows(
    ReadModels& read_models,
    std::string_view tail,
    const std::vector<model::Value>& parameters
);

/// Who looks: a buyer sees the own order, a shop's owner that shop's part, staff everything.
struct OrderViewer {
    bool staff = false;
    bool finance = false;  ///< Sees every shop's shares; support staff does not.
    UserId user;
    std::vector<ShopId> shops;  ///< Those the person owns.
};

/// The order as JSON for this viewer (api.md, "Order"); nothing when it is not theirs to see.
std::optional<std::string> render_order(const OrderRows& rows, const OrderViewer& viewer);

/// False once the shop's part was cancelled: the delivery no longer stops there.
bool still_a_stop(const model::Row& stop);

/// The label people read for a status (C-09).
std::string_view status_label(OrderStatus status);

}  // namespace pakashop::api
