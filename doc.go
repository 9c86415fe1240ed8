// Package onebot lets a program send, read, withdraw and follow QQ messages through any OneBot 11 server, over any of its
// transports, without knowing which server it talks to.
package onebot
