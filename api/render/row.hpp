#pragma once

#include <string_view>

#include "events/kernel/json.hpp"
#include "events/kernel/money.hpp"
#include "projections/rows.hpp"

/// The members that many answers share, from the columns of a row.
namespace pakashop::api {

/// The column's text, or null.
void write_text(
    JsonWriter& out,
    std::string_view name,
    const model::Row& row,
    std::string_view column
);
/// An amount in kwacha, as api.md writes money: "123.45".
void write_money(JsonWriter& out, std::string_view name, Money amount);
/// `location` in degrees, from lat_e6 and lng_e6; nothing when the row has none.
void write_location(JsonWriter& out, const model::Row& row);
/// `failure` from failure_code and failure_message; nothing when the row has none.
void write_failure(JsonWriter& out, const model::Row& row);

}  // namespace pakashop::api
