#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapters/kafka/key_table.hpp"
#include "adapters/kafka/producer.hpp"
#include "adapters/system/wrapped_key.hpp"

/// How keys of another store come into the topic, without asking any broker.
namespace pakashop::kafka {

/// What the table holds of a subject, as it would be carried on.
WrappedKey wrapped_key_of(const std::string& subject, const KeyTable::Entry& entry);

/// The records that are missing for the table to hold these keys; a key that was destroyed there
/// is destroyed here too. A subject of which the table has another key, or a later one, is refused
/// by its name: it is of another shop, or this one has gone on. `mark` makes their names unlike
/// all others.
Result<std::vector<OutRecord>, std::string>
missing_keys(const KeyTable& table, std::span<const WrappedKey> keys, std::uint64_t mark);

}  // namespace pakashop::kafka
