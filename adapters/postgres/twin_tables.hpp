#pragma once

#include <string>
#include <string_view>

#include "adapters/postgres/session.hpp"
#include "projections/ports/rebuild_store.hpp"

/// A table beside its twin: making it, comparing both, swapping them. For .cpp files only.
namespace pakashop::postgres {

/// Behind the names of twins, and of tables that were swapped out.
constexpr std::string_view twin_suffix = "__rebuild";
constexpr std::string_view old_suffix = "__old";

/// An empty twin of the live table with its primary key and storage options.
void make_twin(pqxx::transaction_base& work, const model::Table& table);
/// The live table's other indexes, made on the twin.
void index_twin(pqxx::transaction_base& work, const model::Table& table);
/// Live becomes old, the twin becomes live, with the names of its indexes.
void swap_twin(pqxx::transaction_base& work, const model::Table& table);
void drop_twin(pqxx::transaction_base& work, const model::Table& table);

/// Both sides in the transaction's snapshot.
model::TableComparison compare_twin(pqxx::transaction_base& work, const model::Table& table);

/// How many rows the table of that name has, and their digest in the order of their keys.
struct TableDigest {
    std::uint64_t rows = 0;
    Digest digest{};
};
TableDigest
digest_of(pqxx::transaction_base& work, const model::Table& table, std::string_view suffix);

}  // namespace pakashop::postgres
