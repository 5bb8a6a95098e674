#include "api/render/row.hpp"

#include <string>

namespace pakashop::api {
namespace {

// Degrees from millionths, as a JSON number.
std::string degrees(std::int64_t e6) {
    const std::int64_t magnitude = e6 < 0 ? -e6 : e6;
    std::string fraction = std::to_string(magnitude % 1'000'000);
    fraction.insert(0, 6 - fraction.size(), '0');
    return (e6 < 0 ? "-" : "") + std::to_string(magnitude / 1'000'000) + "." + fraction;
}

}  // namespace

void write_text(
    JsonWriter& out,
    std::string_view name,
    const model::Row& row,
    std::string_view column
) {
    out.key(name);
    row.is_null(column) ? out.null() : out.text(row.text(column));
}

void write_money(JsonWriter& out, std::string_view name, Money amount) {
    out.key(name).text(to_decimal(amount));
}

void write_location(JsonWriter& out, const model::Row& row) {
    if (row.is_null("lat_e6")) return;
    out.key("location").begin_object();
    out.key("lat").raw(degrees(row.integer("lat_e6")));
    out.key("lng").raw(degrees(row.integer("lng_e6"))).end_object();
}

void write_failure(JsonWriter& out, const model::Row& row) {
    if (row.is_null("failure_code")) return;
    out.key("failure").begin_object().key("code").text(row.text("failure_code"));
    out.key("message").text(row.text("failure_message")).end_object();
}

}  // namespace pakashop::api
