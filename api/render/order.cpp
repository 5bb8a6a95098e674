#include "api/render/order.hpp"

#include <algorithm>
#include <unordered_map>

#include "api/render/row.hpp"
#include "projections/orders.hpp"
#include "projections/tables.hpp"

namespace pakashop::api {
namespace {

namespace tables = model::tables;
using model::Row;

/// What one viewer sees of one order.
struct Scope {
    bool buyer = false;
    bool staff = false;
    const OrderViewer& viewer;

    bool owns(const std::string& shop) const {
        return std::ranges::find(viewer.shops, ShopId{shop}) != viewer.shops.end();
    }
    bool sees(const std::string& shop) const { return staff || buyer || owns(shop); }
    /// Shares and settlement are the shop's and the office's business, not the buyer's.
    bool sees_money(const std::string& shop) const { return viewer.finance || owns(shop); }
};

void write_settlement(JsonWriter& out, const OrderRows& rows, const std::string& item) {
    const auto line =
        std::ranges::find_if(rows.lines, [&](const Row& row) { return row.text("item") == item; });
    if (line == rows.lines.end()) {
        out.key("vendorAmount").null().key("platformFee").null().key("settlementStatus").null();
        return;
    }
    write_money(out, "vendorAmount", line->money("vendor_amount"));
    write_money(out, "platformFee", line->money("platform_fee"));
    out.key("settlementStatus").text(line->text("status"));
}

void write_item(JsonWriter& out, const OrderRows& rows, const Row& item, const Scope& scope) {
    out.begin_object().key("id").text(item.text("id"));
    out.key("productId").text(item.text("product")).key("shopId").text(item.text("shop"));
    out.key("name").text(item.text("name")).key("quantity").integer(item.integer("quantity"));
    write_money(out, "unitPrice", item.money("unit_price"));
    write_money(out, "lineTotal", item.money("line_total"));
    if (!item.is_null("tier_min_quantity")) {
        out.key("tier").begin_object();
        out.key("minQuantity").integer(item.integer("tier_min_quantity"));
        write_money(out, "price", item.money("tier_price"));
        out.end_object();
    }
    if (scope.sees_money(item.text("shop"))) write_settlement(out, rows, item.text("id"));
    out.end_object();
}

// A shop sees what its own part comes to; the others see the order's totals.
void write_totals(JsonWriter& out, const OrderRows& rows, const Scope& scope) {
    const bool whole = scope.staff || scope.buyer;
    Money items = rows.order.money("items_total");
    Money vat = rows.order.money("vat");
    Money total = rows.order.money("total");
    const Money none{};
    if (!whole) {
        items = vat = none;
        for (const Row& item : rows.items) {
            if (!scope.sees(item.text("shop"))) continue;
            items = items + item.money("line_total");
            vat = vat + item.money("vat");
        }
        total = items;
    }
    out.key("totals").begin_object();
    write_money(out, "items", items);
    write_money(out, "deliveryFee", whole ? rows.order.money("delivery_fee") : none);
    write_money(out, "discount", whole ? rows.order.money("discount") : none);
    write_money(out, "vat", vat);
    write_money(out, "total", total);
    out.end_object();
}

void write_address(JsonWriter& out, const Row& order) {
    out.key("deliveryAddress").begin_object();
    write_text(out, "firstName", order, "first_name");
    write_text(out, "lastName", order, "last_name");
    write_text(out, "line1", order, "line1");
    write_text(out, "city", order, "city");
    if (!order.is_null("province")) write_text(out, "province", order, "province");
    write_text(out, "phone", order, "phone");
    write_location(out, order);
    out.end_object();
}

// A shop sees its own stop of a delivery and nobody else's (ORD-21).
void write_delivery(
    JsonWriter& out,
    const OrderRows& rows,
    const Row& delivery,
    const Scope& scope
) {
    std::vector<const Row*> stops;
    for (const Row& stop : rows.stops) {
        const bool here = stop.text("delivery") == delivery.text("id") && still_a_stop(stop);
        if (here && scope.sees(stop.text("shop"))) stops.push_back(&stop);
    }
    if (stops.empty() && !scope.staff && !scope.buyer) return;
    out.begin_object().key("id").text(delivery.text("id"));
    out.key("status").text(delivery.text("status")).key("shopIds").begin_array();
    for (const Row* stop : stops) out.text(stop->text("shop"));
    out.end_array();
    if (!delivery.is_null("agent")) out.key("agentId").text(delivery.text("agent"));
    out.end_object();
}

void write_lists(JsonWriter& out, const OrderRows& rows, const Scope& scope) {
    out.key("items").begin_array();
    for (const Row& item : rows.items) {
        if (scope.sees(item.text("shop"))) write_item(out, rows, item, scope);
    }
    out.end_array().key("fulfilments").begin_array();
    for (const Row& part : rows.fulfilments) {
        if (!scope.sees(part.text("shop"))) continue;
        out.begin_object().key("shopId").text(part.text("shop"));
        out.key("status").text(part.text("status")).end_object();
    }
    out.end_array().key("deliveries").begin_array();
    for (const Row& delivery : rows.deliveries) write_delivery(out, rows, delivery, scope);
    out.end_array().key("invoices").begin_array();
    for (const Row& invoice : rows.invoices) {
        if (!scope.sees(invoice.text("shop"))) continue;
        out.begin_object().key("shopId").text(invoice.text("shop"));
        write_text(out, "invoiceNumber", invoice, "number");
        out.key("status").text(invoice.text("status")).end_object();
    }
    out.end_array();
}

using ByOrder = std::unordered_map<std::string, std::vector<Row>>;

Result<ByOrder, ReadFailure> children(
    ReadModels& read_models,
    const model::Table& table,
    std::string_view order,
    const model::Json& ids
) {
    const std::string tail =
        "WHERE order_id = ANY (ARRAY(SELECT jsonb_array_elements_text($1::jsonb))) ORDER BY " +
        std::string{order};
    auto rows = read_models.from(table, tail, {ids});
    if (!rows) return unexpected{rows.error()};
    ByOrder out;
    for (Row& row : *rows) out[row.text("order_id")].push_back(std::move(row));
    return out;
}

// The orders with everything that hangs on them, in their order.
Result<std::vector<OrderRows>, ReadFailure> whole(ReadModels& rows, std::vector<Row> orders) {
    model::Json ids;
    JsonWriter writer{ids.text};
    writer.begin_array();
    for (const Row& order : orders) writer.text(order.text("id"));
    writer.end_array();
    auto items = children(rows, tables::order_items, "position", ids);
    auto parts = children(rows, tables::fulfilments, "position", ids);
    auto deliveries = children(rows, tables::deliveries, "id", ids);
    auto stops = children(rows, tables::delivery_stops, "position", ids);
    auto invoices = children(rows, tables::invoices, "id", ids);
    auto lines = children(rows, tables::settlement_lines, "item", ids);
    for (const auto* each : {&items, &parts, &deliveries, &stops, &invoices, &lines}) {
        if (!*each) return unexpected{each->error()};
    }
    std::vector<OrderRows> out;
    for (Row& order : orders) {
        const std::string id = order.text("id");
        out.push_back(
            {std::move(order),
             std::move((*items)[id]),
             std::move((*parts)[id]),
             std::move((*deliveries)[id]),
             std::move((*stops)[id]),
             std::move((*invoices)[id]),
             std::move((*lines)[id])}
        );
    }
    return out;
}

}  // namespace

bool still_a_stop(const Row& stop) { return stop.text("status") != name_of(StopStatus::dropped); }

std::string_view status_label(OrderStatus status) {
    switch (status) {
        case OrderStatus::pending:
            return "Pending";
        case OrderStatus::confirmed:
            return "Confirmed";
        case OrderStatus::processing:
            return "Processing";
        case OrderStatus::shipped:
            return "Ready for Pickup";
        case OrderStatus::out_for_delivery:
            return "Out for Delivery";
        case OrderStatus::delivered:
            return "Delivered";
        case OrderStatus::cancelled:
            return "Cancelled";
        case OrderStatus::refunded:
            return "Refunded";
    }
    return "";
}

std::optional<OrderRows> order_rows(const model::MemoryTables& rows, std::string_view order) {
    const Row* found = rows.find(tables::orders, order);
    if (!found) return std::nullopt;
    const model::Value id{std::string{order}};
    OrderRows out{
        *found,
        rows.where(tables::order_items, "order_id", id),
        rows.where(tables::fulfilments, "order_id", id),
        rows.where(tables::deliveries, "order_id", id),
        rows.where(tables::delivery_stops, "order_id", id),
        rows.where(tables::invoices, "order_id", id),
        rows.where(tables::settlement_lines, "order_id", id)
    };
    const auto by_position = [](const Row& row) { return row.integer("position"); };
    std::ranges::sort(out.items, {}, by_position);
    std::ranges::sort(out.fulfilments, {}, by_position);
    std::ranges::sort(out.stops, {}, by_position);
    return out;
}

Result<std::vector<OrderRows>, ReadFailure> order_rows(
    ReadModels& read_models,
    std::string_view tail,
    const std::vector<model::Value>& parameters
) {
    std::vector<OrderRows> out;
    const auto read = read_models.at_one_moment([&](ReadModels& rows) -> Result<void, ReadFailure> {
        auto orders = rows.from(tables::orders, tail, parameters);
        if (!orders) return unexpected{orders.error()};
        auto found = whole(rows, *std::move(orders));
        if (!found) return unexpected{found.error()};
        out = *std::move(found);
        return {};
    });
    if (!read) return unexpected{read.error()};
    return out;
}

std::optional<std::string> render_order(const OrderRows& rows, const OrderViewer& viewer) {
    Scope scope{rows.order.text("buyer") == viewer.user.value, viewer.staff, viewer};
    const bool any = std::ranges::any_of(rows.items, [&](const Row& item) {
        return scope.sees(item.text("shop"));
    });
    if (!any) return std::nullopt;
    const OrderStatus status = model::order_status(rows.order, rows.fulfilments);
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("id").text(rows.order.text("id"));
    out.key("status").text(name_of(status)).key("statusLabel").text(status_label(status));
    out.key("paymentStatus").text(name_of(model::order_payment_status(rows.order)));
    out.key("reservation").text(rows.order.text("reservation")).key("currency").text("ZMW");
    write_lists(out, rows, scope);
    write_totals(out, rows, scope);
    write_address(out, rows.order);
    if (!rows.order.is_null("notes") && (scope.buyer || scope.staff)) {
        write_text(out, "notes", rows.order, "notes");
    }
    if (!rows.order.is_null("cancel_reason")) {
        write_text(out, "cancelReason", rows.order, "cancel_reason");
    }
    out.key("createdAt").text(to_rfc3339(rows.order.instant("created_at").value_or(Instant{})));
    out.end_object();
    return body;
}

}  // namespace pakashop::api
