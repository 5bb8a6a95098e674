#pragma once

#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "events/kernel/sealed.hpp"
#include "projections/projection.hpp"
#include "projections/rows.hpp"

namespace pakashop::model {

/// Tables in memory that take the same row changes as PostgreSQL, and come out the same. For tests,
/// for `?asOf=`, and for rendering a command's reply from the events of its key. Not for several
/// threads at once.
class MemoryTables {
public:
    void apply(const RowChange& change);
    void apply(const RowChanges& changes);

    /// The row of that key; null when there is none. Valid until the next change.
    const Row* find(const Table& table, const Key& key) const;
    /// The same for tables whose key is one text.
    const Row* find(const Table& table, std::string_view id) const;
    /// Every row, by key.
    std::vector<Row> rows(const Table& table) const;
    /// The rows that hold `value` in `column`, by key.
    std::vector<Row> where(const Table& table, std::string_view column, const Value& value) const;
    /// SHA-256 over the canonical text of every row, by key.
    Digest digest(const Table& table) const;

private:
    using Rows = std::map<Key, Row>;
    std::map<std::string_view, Rows> tables_;
};

/// SHA-256 over the canonical texts of rows in the order of their keys.
Digest digest_of(std::span<const Row> rows_by_key);

/// Applies what the projections make of an opened event.
void replay(
    MemoryTables& tables,
    std::span<const Projection* const> projections,
    const EventMeta& meta,
    const AnyEvent& event
);
/// Decodes and opens one stored event and applies what the projections make of it. Throws
/// CorruptStream when it cannot be decoded or does not open.
void replay(
    MemoryTables& tables,
    std::span<const Projection* const> projections,
    const EventMeta& meta,
    Vault& vault
);
/// The same for every event of an admitted record.
void replay(
    MemoryTables& tables,
    std::span<const Projection* const> projections,
    const DecodedRecord& record,
    Vault& vault
);

}  // namespace pakashop::model
