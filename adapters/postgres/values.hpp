#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "projections/rows.hpp"

/// Values as PostgreSQL's text, in parameters, arrays and results.
namespace pakashop::postgres {

/// The SQL type of a column.
std::string_view sql_type(model::ColumnType type);

/// A value as a parameter; nothing for NULL.
std::optional<std::string> to_text(const model::Value& value);

/// Appends a value to an array literal: quoted and escaped, or NULL.
void append_element(std::string& array, const model::Value& value);

/// Appends a value as a field of COPY's text format.
void append_field(std::string& line, const model::Value& value);

/// A field of a result. An instant may come as timestamptz in UTC or as milliseconds since 1970.
/// Throws std::invalid_argument for a text that is not of that type.
model::Value from_text(model::ColumnType type, std::string_view text);

}  // namespace pakashop::postgres
