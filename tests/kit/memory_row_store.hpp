#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "projections/memory_tables.hpp"
#include "projections/ports/row_store.hpp"

namespace pakashop::kit {

/// What goes wrong with an apply, on cue.
enum class StoreFault {
    none,
    away,             ///< Nothing is written, and the answer says so.
    unknown_written,  ///< All of it is written, but the answer is lost.
    unknown_lost,     ///< Nothing of it is written, and the answer is lost.
    refused           ///< The store will not take these rows.
};

/// Read models in memory, written by merged edits as PostgreSQL is; several runners may share it.
class MemoryRowStore final : public model::RowStore {
public:
    /// What happens to the next apply that has no fault yet; several wait in line.
    void fail_next(StoreFault fault);
    /// From now on until called again with false, nothing answers.
    void set_away(bool away);
    /// Forgets rows and checkpoints, as a database that was dropped and made again.
    void drop();
    /// Rows and checkpoints as they were when `keep` was called: a standby that missed commits.
    void keep();
    void go_back();

    Result<std::vector<model::Checkpoint>, model::StoreFailure> checkpoints(
        std::string_view group,
        std::string_view generation,
        std::uint32_t partitions
    ) override;
    model::ApplyResult apply(
        std::string_view group,
        const model::ChangeSet& changes,
        std::span<const model::CheckpointMove> moves
    ) override;

    Digest digest(const model::Table& table) const;
    std::size_t count(const model::Table& table) const;
    std::size_t applied() const;

private:
    using Rows = std::map<model::Key, std::vector<model::Value>>;
    struct Content {
        std::map<std::string, Rows, std::less<>> tables;
        std::map<std::string, std::vector<model::Checkpoint>, std::less<>> checkpoints;
    };

    void write(const model::TableEdits& edits);

    mutable std::mutex mutex_;
    Content now_;
    Content kept_;
    std::deque<StoreFault> faults_;
    bool away_ = false;
    std::size_t applied_ = 0;
};

}  // namespace pakashop::kit
