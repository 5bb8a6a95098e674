#pragma once

#include <memory>
#include <string>

#include "projections/ports/rebuild_store.hpp"

namespace pakashop::postgres {

/// Rebuilds in PostgreSQL: twins are named `<table>__rebuild`, and the live group is held by
/// locking the rows of its checkpoints.
class RebuildStore final : public model::RebuildStore {
public:
    explicit RebuildStore(std::string url);
    ~RebuildStore() override;

    Result<void, model::RebuildFailure> begin(const model::Projection& projection) override;
    model::RowStore& rows() override;
    Result<std::vector<model::Checkpoint>, model::RebuildFailure> live(std::string_view group
    ) override;
    Result<void, model::RebuildFailure> finish() override;
    Result<std::vector<model::Checkpoint>, model::RebuildFailure> hold(std::string_view group
    ) override;
    Result<std::vector<model::TableComparison>, model::RebuildFailure> compare() override;
    Result<void, model::RebuildFailure> swap() override;
    void discard() override;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace pakashop::postgres
