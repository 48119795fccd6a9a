import type { Camera, Size } from "./camera.ts";
import { draw, type Ink, type Scene } from "./draw.ts";

/** Within these scales the still is near enough to what it stands for. */
const MOST_STRETCH = 4;

/**
 * The picture when it last stood still, half a surface wider on each side: while it is moved it is only shifted and
 * scaled, so that a frame costs the same whatever the graph's size. It is drawn anew once it stands.
 */
export class Still {
  #canvas: HTMLCanvasElement | undefined;
  #scene: Scene | undefined;
  #camera: Camera = { x: 0, y: 0, k: 1 };
  #size: Size = { width: 0, height: 0 };

  /** Draws the scene as it stands. */
  take(scene: Scene, camera: Camera, size: Size, ratio: number, ink: Ink): void {
    const canvas = this.#canvas ?? document.createElement("canvas");
    this.#canvas = canvas;
    const [width, height] = [Math.round(size.width * 2 * ratio), Math.round(size.height * 2 * ratio)];
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const context = canvas.getContext("2d");
    if (!context) return;
    const wide = { width: size.width * 2, height: size.height * 2 };
    const shifted = { k: camera.k, x: camera.x + size.width / 2, y: camera.y + size.height / 2 };
    draw(context, scene, shifted, wide, ink);
    this.#scene = scene;
    this.#camera = camera;
    this.#size = size;
  }

  /** Whether it is of this scene, and near enough to be stretched. */
  serves(scene: Scene, camera: Camera, size: Size): boolean {
    const stretch = camera.k / this.#camera.k;
    const isSized = this.#size.width === size.width && this.#size.height === size.height;
    return this.#scene === scene && isSized && stretch < MOST_STRETCH && stretch > 1 / MOST_STRETCH;
  }

  /** Shows it as a camera sees it. */
  show(context: CanvasRenderingContext2D, camera: Camera, ratio: number): void {
    if (this.#canvas === undefined) return;
    const stretch = camera.k / this.#camera.k;
    const { width, height } = this.#size;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.drawImage(
      this.#canvas,
      camera.x - stretch * (this.#camera.x + width / 2),
      camera.y - stretch * (this.#camera.y + height / 2),
      width * 2 * stretch,
      height * 2 * stretch,
    );
  }
}
