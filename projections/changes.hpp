#pragma once

#include <cstddef>
#include <memory>
#include <unordered_map>
#include <vector>

#include "projections/rows.hpp"

/// Many row changes merged into at most one edit per row, ready to be written table by table.
namespace pakashop::model {

/// What becomes of one row over a batch. Exactly one of:
/// - `present`: whatever was there, the row is now `row`;
/// - `absent`: whatever was there, it is gone;
/// - `unknown`: a row that is there takes `sets` and `adds`; if none is there and `makes_row`, it
///   is `row` from now on.
struct RowEdit {
    enum class Outcome { unknown, present, absent };

    Key key;
    Outcome outcome = Outcome::unknown;
    bool makes_row = false;
    std::vector<Value> row;
    std::vector<Assignment> sets;  ///< By column, each once.
    std::vector<Increment> adds;   ///< By column, each once, never one that is set.
};

/// The edits of one table.
class TableEdits {
public:
    explicit TableEdits(const Table& table) : table_{&table} {}

    void take(RowChange&& change);

    const Table& table() const { return *table_; }
    /// Every edit, by key.
    std::vector<const RowEdit*> by_key() const;
    /// Rows of an append-only table, in the order they came.
    const std::vector<std::vector<Value>>& appended() const { return appended_; }
    std::size_t size() const { return edits_.size() + appended_.size(); }

private:
    struct KeyHash {
        std::size_t operator()(const Key& key) const noexcept;
    };

    const Table* table_;
    std::unordered_map<Key, RowEdit, KeyHash> edits_;
    std::vector<std::vector<Value>> appended_;
};

/// The merged changes of a batch.
class ChangeSet {
public:
    /// Merges one change; they are merged in the order they come.
    void take(RowChange&& change);
    void take(RowChanges&& changes);

    /// Tables with changes, by name.
    std::vector<const TableEdits*> by_table() const;
    /// Rows touched.
    std::size_t rows() const;
    bool empty() const { return rows() == 0; }

private:
    std::vector<std::unique_ptr<TableEdits>> tables_;
};

}  // namespace pakashop::model
