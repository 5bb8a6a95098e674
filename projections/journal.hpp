#pragma once

#include "projections/projection.hpp"

/// Every event as it is stored: what people query with SQL, and what time travel folds.
namespace pakashop::model {

/// Table journal. Looks at no event's content.
extern const Projection journal_projection;

/// The event that a row of the journal keeps, to be projected or shown again; its texts live in
/// the row.
EventMeta meta_in(const Row& row);

/// $1 key, $2 an instant or nothing: the key's events up to then, in order. What `?asOf=` folds.
inline constexpr std::string_view journal_of_key_sql = R"sql(
    SELECT * FROM journal WHERE key = $1 AND ($2::timestamptz IS NULL OR at <= $2)
    ORDER BY seq, index)sql";

}  // namespace pakashop::model
