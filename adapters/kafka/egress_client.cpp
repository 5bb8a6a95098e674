#include "adapters/kafka/egress_client.hpp"

#include "events/kernel/require.hpp"

namespace pakashop::kafka {
namespace {

constexpr std::size_t error_bytes = 512;

ClientListener& listener_of(void* opaque) { return *static_cast<ClientListener*>(opaque); }

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    const ClientListener& listener = listener_of(opaque);
    if (listener.delivered) listener.delivered(*message, listener.who);
}

// A fatal error hides behind its name: what it was is asked for.
void on_error(rd_kafka_t* client, int code, const char* reason, void* opaque) {
    const ClientListener& listener = listener_of(opaque);
    if (!listener.failed) return;
    char text[error_bytes];
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        rd_kafka_fatal_error(client, text, sizeof text);
        reason = text;
    }
    listener.failed(reason, listener.who);
}

void print_nothing(const rd_kafka_t*, int, const char*, const char*) {}

}  // namespace

Client make_client(rd_kafka_type_t kind, const Settings& settings, ClientListener& listener) {
    char error[error_bytes];
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    for (const auto& [name, value] : settings) {
        const auto set = rd_kafka_conf_set(conf, name, value.c_str(), error, sizeof error);
        require(set == RD_KAFKA_CONF_OK, "a setting of the Kafka client is one it takes");
    }
    rd_kafka_conf_set_opaque(conf, &listener);
    rd_kafka_conf_set_log_cb(conf, print_nothing);
    rd_kafka_conf_set_error_cb(conf, on_error);
    if (kind == RD_KAFKA_PRODUCER) rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_t* client = rd_kafka_new(kind, conf, error, sizeof error);
    require(client != nullptr, "a Kafka client can be made of its settings");
    return Client{client};
}

}  // namespace pakashop::kafka
