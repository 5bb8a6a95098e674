#pragma once

#include <memory>
#include <string>

#include "projections/ports/row_store.hpp"

namespace pakashop::postgres {

struct RowStoreOptions {
    std::string url;
    std::string suffix;  ///< Behind every table's name; of rebuilds (rebuild_store.hpp).
    int statement_timeout_ms = 120'000;
    bool synchronous = true;  ///< False: the last commits may be lost in a crash of the server.
};

/// The read models' tables in PostgreSQL (migrations/), over one connection that is opened anew
/// after a failure. Each batch is one transaction: one statement per table and kind of edit, COPY
/// for append-only tables, and NOTIFY for tables somebody listens to.
class RowStore final : public model::RowStore {
public:
    explicit RowStore(RowStoreOptions options);
    ~RowStore() override;

    Result<std::vector<model::Checkpoint>, model::StoreFailure> checkpoints(
        std::string_view group,
        std::string_view generation,
        std::uint32_t partitions
    ) override;
    Result<std::vector<model::Checkpoint>, model::StoreFailure>
    places(std::string_view group, std::string_view generation, std::uint32_t partitions) override;
    model::ApplyResult apply(
        std::string_view group,
        const model::ChangeSet& changes,
        std::span<const model::CheckpointMove> moves
    ) override;

private:
    class Link;
    Link& link();

    const RowStoreOptions options_;
    std::unique_ptr<Link> link_;
};

}  // namespace pakashop::postgres
