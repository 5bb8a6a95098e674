#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "handlers/chain_reader.hpp"
#include "handlers/log_copy.hpp"
#include "handlers/log_seal.hpp"

namespace pakashop {

/// What is told to each child of an old partition.
struct ImportOrder {
    Log& target;
    NodeId node{};         ///< The importer's own.
    std::string old_head;  ///< Body of the child's first CHECKPOINT.
    bool write = true;     ///< Else whatever is missing is a failure.
    CopyProgress progress;
};

/// One partition of a new generation on its way to being whole. As long as it holds imports they
/// are compared; from where they end it is led, and written.
class ImportChild {
public:
    ImportChild(const ImportOrder& order, PartitionId partition);

    /// The next record of the old partition that belongs here. `acted`: by the processes.
    Result<void, CopyFailure> carry(const AdmittedRecord& old, bool acted);
    /// There are no more: says how far processes have acted, and resigns.
    Result<void, CopyFailure> finish();
    /// Whether anything was written, and not yet read back.
    bool wrote() const { return writing_; }

private:
    /// A record to be written, without its place.
    struct Draft {
        RecordKind kind = RecordKind::import;
        std::string key;
        Instant at;
        std::string body;
    };

    Result<const AdmittedRecord*, CopyFailure> next_import();
    Result<void, CopyFailure> pass_over(const Record& record);
    Result<void, CopyFailure> begin_writing(Instant at);
    Result<void, CopyFailure> read_own_announcement(std::uint64_t epoch);
    Result<void, CopyFailure> stage(Draft draft);
    Result<void, CopyFailure> flush();
    Result<void, CopyFailure> append(std::vector<Draft> drafts);
    StagedRecord record_of(Draft draft, const Admission& fold, const Place& known) const;
    void note(std::uint64_t seq, bool acted);
    std::uint64_t end() const { return fold_.place().seq + drafts_.size(); }
    unexpected<CopyFailure> foreign(std::string_view what) const;
    unexpected<CopyFailure> failed(AppendOutcome outcome) const;

    const ImportOrder* order_;
    PartitionId partition_;
    ChainReader reader_;
    Admission fold_;  ///< Of what is written.
    Instant last_at_;
    bool named_ = false;  ///< The old head stands at the beginning.
    bool whole_ = false;  ///< All is imported, and the processes' place says so.
    bool writing_ = false;
    std::optional<std::uint64_t> place_;  ///< Of the first record processes have not acted on.
    std::vector<Draft> drafts_;
    std::size_t bytes_ = 0;
};

}  // namespace pakashop
