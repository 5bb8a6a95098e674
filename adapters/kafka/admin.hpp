#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "adapters/kafka/client.hpp"
#include "adapters/kafka/topics.hpp"

namespace pakashop::kafka {

/// What the brokers say of themselves.
struct ClusterState {
    std::size_t brokers = 0;
    /// Topics whose partitions all have a leader, without settings.
    std::map<std::string, TopicState, std::less<>> topics;
    std::set<std::string, std::less<>> leaderless;  ///< The others.

    std::vector<std::string> topic_names() const;
};

enum class AdminError : std::uint8_t {
    unreachable,  ///< Nobody answered in time; a later try may do.
    absent,       ///< The broker that answered knows no such topic, perhaps not yet.
    exists,       ///< What was to be made is there.
    refused
};

/// Why an administrative question has no answer.
struct AdminFailure {
    AdminError error = AdminError::refused;
    std::string detail;
};

/// Asks about topics and makes them. Safe from any thread.
class Admin {
public:
    static Result<Admin, std::string> make(const Settings& common);

    Result<ClusterState, AdminFailure> cluster(std::chrono::milliseconds patience) const;
    /// The brokers' own name for their cluster, by whatever addresses they are reached; empty when
    /// none tells it in time.
    std::string cluster_id(std::chrono::milliseconds patience) const;
    /// The settings in force for a topic that is there.
    Result<std::map<std::string, std::string, std::less<>>, AdminFailure>
    settings(const std::string& topic, std::chrono::milliseconds patience) const;
    Result<void, AdminFailure> create(
        const std::string& name,
        const TopicState& topic,
        std::chrono::milliseconds patience
    ) const;

    rd_kafka_t* client() const { return client_.get(); }

private:
    explicit Admin(Client client) : client_{std::move(client)} {}

    Client client_;
};

}  // namespace pakashop::kafka
