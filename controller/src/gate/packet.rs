//! Reads the six packets a shop may send; everything else is refused by its first byte.

use bytes::BytesMut;
use rumqttc::Packet;
use rumqttc::mqttbytes::v4::{Connect, ConnectReturnCode, Publish, Subscribe};
use rumqttc::mqttbytes::{Error, Protocol, QoS, check};
use storefleet_wire::topic::{Up, down_filter};

/// A packet a shop may send.
#[derive(Debug)]
pub(super) enum FromShop {
    Connect(Connect),
    Publish(Publish),
    /// Commands are repeated by the host until a result comes, so acks of them say nothing new.
    PubAck,
    Subscribe(Subscribe),
    Ping,
    Disconnect,
}

/// What the buffer holds.
#[derive(Debug)]
pub(super) enum Next {
    Packet(FromShop),
    /// Not whole yet: at least so many bytes are missing.
    Missing(usize),
}

/// Takes the next packet out of the buffer; an error names the rule it breaks.
pub(super) fn next(buffer: &mut BytesMut, bytes_max: usize) -> Result<Next, &'static str> {
    let Some(first) = buffer.first() else {
        return Ok(Next::Missing(2));
    };
    // Type and flags at once, before a byte of the body is waited for or parsed.
    if !matches!(first, 0x10 | 0x30..=0x3f | 0x40 | 0x82 | 0xc0 | 0xe0) {
        return Err("packet_type");
    }
    let checked = check(buffer.iter(), bytes_max);
    if let Err(Error::InsufficientBytes(missing)) = checked {
        return Ok(Next::Missing(missing));
    }
    if let Err(Error::PayloadSizeLimitExceeded(_)) = checked {
        return Err("oversize");
    }
    let packet = match Packet::read(buffer, bytes_max).map_err(|_| "malformed")? {
        Packet::Connect(connect) => FromShop::Connect(connect),
        Packet::Publish(publish) => FromShop::Publish(publish),
        Packet::PubAck(_) => FromShop::PubAck,
        Packet::Subscribe(subscribe) => FromShop::Subscribe(subscribe),
        Packet::PingReq => FromShop::Ping,
        Packet::Disconnect => FromShop::Disconnect,
        Packet::ConnAck(_)
        | Packet::PubRec(_)
        | Packet::PubRel(_)
        | Packet::PubComp(_)
        | Packet::SubAck(_)
        | Packet::Unsubscribe(_)
        | Packet::UnsubAck(_)
        | Packet::PingResp => return Err("packet_type"),
    };
    Ok(Next::Packet(packet))
}

/// Whether this CONNECT may stand for the workplace of the certificate.
pub(super) fn judge_connect(
    connect: &Connect,
    name: &str,
) -> Result<(), (&'static str, ConnectReturnCode)> {
    if connect.protocol != Protocol::V4 {
        return Err(("protocol", ConnectReturnCode::RefusedProtocolVersion));
    }
    if connect.client_id != name {
        return Err(("client_id", ConnectReturnCode::BadClientId));
    }
    if connect.login.is_some() {
        return Err(("login", ConnectReturnCode::NotAuthorized));
    }
    if connect.last_will.is_some() {
        return Err(("will", ConnectReturnCode::NotAuthorized));
    }
    if !connect.clean_session {
        return Err(("kept_session", ConnectReturnCode::NotAuthorized));
    }
    Ok(())
}

/// The class of a message this workplace may publish; an error names the rule it breaks.
pub(super) fn judge_publish(
    publish: &Publish,
    name: &str,
    payload_bytes_max: usize,
) -> Result<Up, &'static str> {
    if publish.qos == QoS::ExactlyOnce {
        return Err("qos");
    }
    if publish.retain {
        return Err("retain");
    }
    if publish.payload.len() > payload_bytes_max {
        return Err("oversize");
    }
    Up::of(&publish.topic, name).ok_or("topic")
}

/// Only the workplace's own filter, and only that.
pub(super) fn judge_subscribe(subscribe: &Subscribe, name: &str) -> Result<QoS, &'static str> {
    let [filter] = subscribe.filters.as_slice() else {
        return Err("filter");
    };
    if filter.path != down_filter(name) {
        return Err("filter");
    }
    // A class is never sent above the quality it has, so more than 1 has nothing to ask for.
    Ok(if filter.qos == QoS::AtMostOnce {
        QoS::AtMostOnce
    } else {
        QoS::AtLeastOnce
    })
}

/// Reads arbitrary bytes as a shop's packets and judges them; for fuzzing, must never panic.
pub fn fuzz_packet(bytes: &[u8]) {
    let mut buffer = BytesMut::from(bytes);
    while let Ok(Next::Packet(packet)) = next(&mut buffer, 256 * 1024) {
        let fine = match packet {
            FromShop::Connect(connect) => judge_connect(&connect, "s1-1").is_ok(),
            FromShop::Publish(publish) => judge_publish(&publish, "s1-1", 1_024).is_ok(),
            FromShop::Subscribe(subscribe) => judge_subscribe(&subscribe, "s1-1").is_ok(),
            FromShop::PubAck | FromShop::Ping | FromShop::Disconnect => true,
        };
        std::hint::black_box(fine);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(packet: &Packet) -> Result<FromShop, &'static str> {
        let mut buffer = BytesMut::new();
        packet.write(&mut buffer, 1 << 20).unwrap();
        match next(&mut buffer, 1_024)? {
            Next::Packet(packet) => Ok(packet),
            Next::Missing(_) => panic!("whole packet not read"),
        }
    }

    #[test]
    fn only_the_own_topics_may_be_written() {
        for (topic, fine) in [
            ("sf/1/s1-1/up/b", true),
            ("sf/1/s1-1/up/t", true),
            ("sf/1/s1-12/up/b", false),
            ("sf/1/s1-1/up/x", false),
            ("sf/1/s1-1/dn/a", false),
            ("$SYS/a", false),
        ] {
            let publish = Publish::new(topic, QoS::AtMostOnce, "x");
            assert_eq!(judge_publish(&publish, "s1-1", 10).is_ok(), fine, "{topic}");
        }
    }

    #[test]
    fn an_announced_size_is_refused_before_it_comes() {
        let mut buffer = BytesMut::from(&[0x30, 0xff, 0xff, 0x7f][..]);
        assert_eq!(next(&mut buffer, 1_024).unwrap_err(), "oversize");
    }

    #[test]
    fn packets_of_a_server_and_unknown_flags_are_refused() {
        assert_eq!(read(&Packet::PingResp).unwrap_err(), "packet_type");
        let mut flags = BytesMut::from(&[0x80, 0x05, 0, 1, 0, 0, 0][..]);
        assert_eq!(next(&mut flags, 1_024).unwrap_err(), "packet_type");
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            fuzz_packet(&bytes);
        }

        #[test]
        fn no_body_after_a_fair_head_panics(
            first in prop::sample::select(vec![0x10_u8, 0x30, 0x32, 0x34, 0x40, 0x82, 0xc0, 0xe0]),
            body in proptest::collection::vec(0..16_u8, 0..120),
        ) {
            let mut bytes = vec![first, u8::try_from(body.len()).unwrap()];
            bytes.extend_from_slice(&body);
            fuzz_packet(&bytes);
        }
    }
}
