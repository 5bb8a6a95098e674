#include "api/render/delivery.hpp"

#include <algorithm>

#include "api/render/row.hpp"
#include "projections/tables.hpp"

namespace pakashop::api {
namespace {

using model::Row;

void write_stop(JsonWriter& out, App& app, const OrderRows& order, const Row& stop) {
    const std::string& shop = stop.text("shop");
    const auto profile = app.reference.get<Shop>(shop, shop).profile;
    out.begin_object().key("shopId").text(shop);
    out.key("name").text(profile ? profile->name : "").key("address");
    const auto address =
        profile ? open_at(profile->address, stream_of<Shop>(shop), "address", app.vault)
                : std::nullopt;
    address ? out.text(*address) : out.null();
    const auto part = std::ranges::find_if(order.fulfilments, [&](const Row& each) {
        return each.text("shop") == shop;
    });
    out.key("fulfilment");
    part == order.fulfilments.end() ? out.null() : out.text(part->text("status"));
    out.end_object();
}

void write_destination(JsonWriter& out, const Row& order, bool with_phone) {
    out.key("destination").begin_object().key("name");
    out.text(order.text("first_name") + " " + order.text("last_name"));
    write_text(out, "line1", order, "line1");
    write_text(out, "city", order, "city");
    if (with_phone) write_text(out, "phone", order, "phone");
    write_location(out, order);
    out.end_object();
}

}  // namespace

std::string
render_delivery(App& app, const OrderRows& order, const Row& delivery, bool with_phone) {
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("deliveryId").text(delivery.text("id"));
    out.key("orderId").text(delivery.text("order_id"));
    out.key("status").text(delivery.text("status"));
    if (!delivery.is_null("agent")) out.key("agentId").text(delivery.text("agent"));
    out.key("stops").begin_array();
    for (const Row& stop : order.stops) {
        const bool here = stop.text("delivery") == delivery.text("id") && still_a_stop(stop);
        if (here) write_stop(out, app, order, stop);
    }
    out.end_array();
    write_destination(out, order.order, with_phone);
    out.end_object();
    return body;
}

Result<std::map<std::string, OrderRows>, ReadFailure>
orders_of(ReadModels& read_models, const std::vector<Row>& deliveries) {
    model::Json ids;
    JsonWriter writer{ids.text};
    writer.begin_array();
    for (const Row& delivery : deliveries) writer.text(delivery.text("order_id"));
    writer.end_array();
    auto rows =
        order_rows(read_models, "WHERE id IN (SELECT jsonb_array_elements_text($1::jsonb))", {ids});
    if (!rows) return unexpected{rows.error()};
    std::map<std::string, OrderRows> out;
    for (OrderRows& each : *rows) {
        const std::string id = each.order.text("id");
        out.emplace(id, std::move(each));
    }
    return out;
}

}  // namespace pakashop::api
